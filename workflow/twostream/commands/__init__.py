"""The commands of `twostream`, a module with a `main(arguments)` each."""
