from autograd.strategies.cases import CASES, Case  # noqa: F401
