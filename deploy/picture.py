"""Draws a migration as an SVG: who had which share of the requests over time, and what the users saw."""

WIDTH, HEIGHT, LEFT, RIGHT, TOP = 860, 360, 64, 16, 34
SHARES, GAP, RATES = 190, 30, 60
OLD, NEW, INK, BAD = "#8aa1b4", "#2f7fb8", "#24313c", "#c0392b"


def migration(samples, title):
    """samples: (seconds, measured share of new 0..1, requests/s, failed so far), in order."""
    span = max(samples[-1][0], 1.0)
    top_rate = max(rate for _, _, rate, _ in samples) * 1.15 or 1

    def x(seconds):
        return LEFT + (WIDTH - LEFT - RIGHT) * seconds / span

    def share_y(share):
        return TOP + SHARES * (1 - share)

    def rate_y(rate):
        return TOP + SHARES + GAP + RATES * (1 - rate / top_rate)

    steps = " ".join(f"{x(t):.1f},{share_y(share):.1f}" for t, share, _, _ in samples)
    rates = " ".join(f"{x(t):.1f},{rate_y(rate):.1f}" for t, _, rate, _ in samples)
    bottom, end = TOP + SHARES, x(span)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12" fill="{INK}">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="20" font-size="14">{title}</text>',
        f'<rect x="{LEFT}" y="{TOP}" width="{end - LEFT:.1f}" height="{SHARES}" fill="{OLD}"/>',
        f'<polygon points="{LEFT},{bottom} {steps} {end:.1f},{bottom}" fill="{NEW}"/>',
        f'<text x="{LEFT + 10}" y="{TOP + 20}" fill="#ffffff">old</text>',
        f'<text x="{end - 34:.1f}" y="{bottom - 10}" fill="#ffffff">new</text>',
        f'<polyline points="{rates}" fill="none" stroke="{INK}" stroke-width="1.5"/>',
        f'<text x="{LEFT - 8}" y="{rate_y(top_rate / 1.15) + 4:.1f}" text-anchor="end">{top_rate / 1.15:.0f}</text>',
        f'<text x="{LEFT - 8}" y="{rate_y(0):.1f}" text-anchor="end">req/s</text>',
    ]
    for percent in (0, 50, 100):
        parts.append(f'<text x="{LEFT - 8}" y="{share_y(percent / 100) + 4:.1f}" text-anchor="end">{percent} %</text>')
    for second in range(0, int(span) + 1, max(1, int(span / 8) // 5 * 5 or 1)):
        parts.append(f'<text x="{x(second):.1f}" y="{HEIGHT - 14}" text-anchor="middle">{second} s</text>')
    failed_before = 0
    for t, _, _, failed in samples:
        if failed > failed_before:
            parts.append(f'<rect x="{x(t) - 1:.1f}" y="{rate_y(0) - 12:.1f}" width="3" height="12" fill="{BAD}"/>')
        failed_before = failed
    parts.append(f'<text x="{end:.1f}" y="20" text-anchor="end">{failed_before} failed</text>')
    return "\n".join(parts) + "\n</svg>\n"
