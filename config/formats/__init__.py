"""How each language writes dates and times, where Django's own form is not ours."""
