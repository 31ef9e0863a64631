"""One thin `main` a command of `twostream`, a module each."""
