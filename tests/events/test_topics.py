"""Topics are made as they have to be; those that are not are reported, and left alone."""

import dataclasses
from concurrent.futures import wait

import pytest
from confluent_kafka.admin import NewTopic
from pydantic import SecretStr

from src.config import override
from src.events import backbone as backbones
from src.events import topics
from src.events.backbone import Backbone
from src.events.config import EventsSettings
from src.events.exceptions import KafkaUnreachable, TopicsUnfit
from tests.events.brokers import PATIENCE, Broker, renamed

NOWHERE = "127.0.0.1:1"


@pytest.fixture
def fresh(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> Backbone:
    """A real Kafka without topics."""
    # It is there, however busy this machine is.
    monkeypatch.setattr(topics, "SECONDS", PATIENCE)
    return renamed(broker.bootstrap)


@pytest.mark.unit
def test_without_a_setting_there_is_no_kafka() -> None:
    assert backbones.configured() is None
    assert backbones.unfit() == []


@pytest.mark.unit
def test_options_are_merged_and_the_password_is_not_shown() -> None:
    options: dict[str, object] = {"kafka_options": {"client.rack": "a"}, "kafka_password": SecretStr("4711")}
    with override(EventsSettings, kafka_bootstrap_servers=NOWHERE, **options):
        found = backbones.configured()
    assert found is not None
    assert (found.client()["client.rack"], found.client()["sasl.password"]) == ("a", "4711")
    assert found.events.name == "hearth.events.v1"
    assert "4711" not in repr(found)


@pytest.mark.unit
def test_an_option_that_the_client_does_not_know_is_named_without_its_value() -> None:
    with override(EventsSettings, kafka_bootstrap_servers=NOWHERE, kafka_options={"sasl.pasword": "4711"}):
        assert backbones.unfit() == ["KAFKA_OPTIONS: Kafka's client does not take the option sasl.pasword."]


@pytest.mark.unit
def test_a_kafka_that_is_away_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topics, "SECONDS", 0.1)
    with pytest.raises(KafkaUnreachable, match="KAFKA_BOOTSTRAP_SERVERS"):
        topics.examine(renamed(NOWHERE))


@pytest.mark.system
def test_missing_topics_are_made_once(fresh: Backbone) -> None:
    assert topics.examine(fresh).missing == (fresh.events, fresh.streams)
    assert [*topics.ensure(fresh)] == [fresh.events, fresh.streams]
    assert [*topics.ensure(fresh)] == []
    assert topics.examine(fresh) == topics.Findings((), ())


@pytest.mark.system
@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"cleanup.policy": "compact", "retention.ms": "-1"}, r"cleanup\.policy=compact instead of delete"),
        ({"retention.ms": "3600000"}, r"retention\.ms=3600000 instead of 604800000"),
    ],
)
def test_wrong_settings_are_reported_and_longer_retention_is_none(
    fresh: Backbone, config: dict[str, str], said: str
) -> None:
    longer = NewTopic(fresh.streams.name, fresh.streams.partitions, 1, config={"retention.ms": "-1"})
    wrong = NewTopic(fresh.events.name, fresh.events.partitions, 1, config=config)
    client = fresh.admin()
    wait(client.create_topics([wrong, longer]).values())
    with pytest.raises(TopicsUnfit, match=said) as caught:
        topics.ensure(fresh)
    assert str(caught.value).count("\n") == 0


@pytest.mark.system
def test_several_processes_may_make_them_at_once(fresh: Backbone) -> None:
    again = dataclasses.replace(fresh)
    assert topics._create(fresh.admin(), (fresh.events,)) == [fresh.events]
    assert topics._create(again.admin(), (fresh.events, fresh.streams)) == [fresh.streams]
    assert [*topics.ensure(fresh)] == []
