"""What an account takes along, brings along, and leaves behind when it goes: nothing."""
