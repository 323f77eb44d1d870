"""Made-up cases among the real ones: how often does a reviewer let through what must not leave?"""
