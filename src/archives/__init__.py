"""What an account leaves behind when it goes: nothing."""
