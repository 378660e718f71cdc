import time
from src.demo.building import build
from src.timelines import fan_out
from sqlalchemy import delete, select, func, literal, ARRAY, BigInteger, column
from sqlalchemy.dialects.postgresql import insert
import sqlalchemy
async def run(database, people, label):
    async with database.write() as s:
        await s.execute(delete(fan_out.Entry)); await s.execute(delete(fan_out.Horizon))
    t=time.time()
    for k in range(0,60,10):
        async with database.write() as s:
            for p in people[k:k+10]:
                await fan_out.fill(s, account_id=p.id)
    n=(await database.fetch("select count(*) from timeline_entries",()))[0][0]
    print(label, (time.time()-t)/60, n)
class Many:
    def __init__(self, t): self.t=t
async def test_speed(hearth, database):
    c = await build(database, seed=1, people=200)
    await run(database, c.people, "values")
    real = fan_out.insert
    class Fake:
        def __init__(self, entity): self.e=entity
        def values(self, rows=None, **kw):
            if rows is None: return real(self.e).values(**kw)
            cols=fan_out._COLUMNS
            arrs=[literal([r[c] for r in rows], ARRAY(BigInteger)) for c in cols]
            t=func.unnest(*arrs).table_valued(*(column(c,BigInteger) for c in cols)).render_derived(name="g")
            return real(fan_out._ENTRIES).from_select(cols, select(*(t.c[c] for c in cols)))
    fan_out.insert = Fake
    await run(database, c.people, "unnest")
    fan_out.insert = real
