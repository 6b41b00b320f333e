"""The screens of the control room."""
