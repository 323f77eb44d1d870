"""The breach register (GDPR Art. 33(5)): facts, clocks, closing by two persons, exports."""
