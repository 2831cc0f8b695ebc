"""Densities over codes on curved spaces."""
