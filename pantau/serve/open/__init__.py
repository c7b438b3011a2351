"""The open API: what anybody and any program may have of the city's numbers, without a key. Always the public's, whoever is signed in."""
