"""One rule, one file, one test file, one section of docs/rules.md; explicit registry. Pure."""
