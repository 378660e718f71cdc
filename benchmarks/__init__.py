"""What Hearth costs, beside what it would cost without Hearth: every row measures its own floor in the same run."""
