"""Scenes composed from real footage, with exact truth, for what no footage with truth exists of.

A scene is a folder that anybody can make and add:

    frames/         pictures, named in order of time
    truth.csv       what is really there, a row for each place and picture (or stay)
    places.toml     a camera file with the scene's places, and how it was sampled

Backgrounds, vehicles and people are real pixels (temporal medians and cut-outs of the measuring data); their combination, the
light of the day, shadows, rain and noise are made. Figures from such scenes are called *composite* wherever they are shown.
Nothing here may import `pantau.measure`: what composes a scene must not know what will be looked for (import-linter).
"""
