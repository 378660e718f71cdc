"""People as others see them: profiles, who follows, blocks and mutes whom, and how one signs up."""
