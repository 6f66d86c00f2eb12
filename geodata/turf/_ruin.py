"""Compiled search over a few neighbouring turfs: take out short strings of stops, put them back better.

Ruin and recreate after Christiaens and Vanden Berghe (Slack induction by string removals for vehicle routing
problems, 2020), for open walks with a least and a greatest size. Everything is measured by one small table of
all pairs, so the same loops serve straight lines and streets.
"""

from __future__ import annotations

import numpy as np

from geodata.compiled import kernel
from geodata.turf._tables import BLOCKED_M

LONGEST_STRING = 10
MEAN_REMOVED = 8
SKIPPED = 0.01
DISSOLVED = 0.5  # how often a turf with too few doors is taken out whole
WORST = 1e18
# a minute, a door, a step over a barrier, a door: no walking is worth that, and each is worth more than any
# number of the next, as a turf that crosses a barrier is parted there in the end
TOO_LONG, TOO_LARGE, BLOCKED_MIN, TOO_SMALL = 1e8, 1e8, 1e6, 1e3


@kernel
def _random(state):  # type: ignore[no-untyped-def]
    """xorshift64*: evenly from 0 to 1; `state` is one uint64, not 0."""
    x = state[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state[0] = x
    return ((x * np.uint64(2685821657736338717)) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@kernel
def penalty(minutes, doors, rules):  # type: ignore[no-untyped-def]
    """What the size of one turf costs, in minutes; rules as in Limits.rules()."""
    target, strictness, low, high, least, most, steep, top = rules
    if doors == 0:
        return 0.0
    off = minutes / target - 1.0
    cost = strictness * target * off * off
    if minutes > high:
        cost += steep * (minutes - high)
    elif minutes < low:
        cost += steep * (low - minutes)
    if minutes > top:
        cost += TOO_LONG * (minutes - top)
    if doors > most:
        cost += TOO_LARGE * (doors - most)
    elif doors < least:
        cost += TOO_SMALL * (least - doors)
    return cost


@kernel
def cost_of(walked, spoken, doors, pace, rules):  # type: ignore[no-untyped-def]
    """Minutes of walking `walked` metres and the penalty of the size; steps over barriers count apart."""
    cost = 0.0
    if walked > 0.5 * BLOCKED_M:
        blocked = np.floor(walked / BLOCKED_M + 0.5)
        cost = blocked * BLOCKED_MIN
        walked = max(0.0, walked - blocked * BLOCKED_M)
    return cost + walked / pace + penalty(walked / pace + spoken, doors, rules)


@kernel
def _place(paths, count, turf, at, r, first):  # type: ignore[no-untyped-def]
    for i in range(first, count[r]):
        turf[paths[r, i]] = r
        at[paths[r, i]] = i


@kernel
def ruin_and_recreate(table, near, talk, doors, paths, count, pace, rules, rounds, hot, cold, state):  # type: ignore[no-untyped-def]
    """Better the paths in place; returns the minutes won.

    table (n, n) float32 metres; near (n, k) stops nearest first; talk (n,) minutes at each; doors (n,);
    paths (t, width) stops of each turf in walking order, count[t] of them; pace metres a minute; hot and
    cold: the temperature, in minutes, at the first and the last of `rounds`.
    """
    n, many = len(talk), len(count)
    width = paths.shape[1]
    turf, at = np.full(n, -1, np.int32), np.zeros(n, np.int32)
    walked, spoken, load = np.zeros(many), np.zeros(many), np.zeros(many)
    cost = np.zeros(many)
    total = 0.0
    for r in range(many):
        _place(paths, count, turf, at, r, 0)
        for i in range(count[r]):
            if i > 0:
                walked[r] += table[paths[r, i - 1], paths[r, i]]
            spoken[r] += talk[paths[r, i]]
            load[r] += doors[paths[r, i]]
        cost[r] = cost_of(walked[r], spoken[r], load[r], pace, rules)
        total += cost[r]
    begun = total
    best = total
    best_paths, best_count = paths.copy(), count.copy()
    stamp = np.full(many, -1, np.int64)
    ruined = np.full(many, -1, np.int64)
    kept_paths, kept_count = paths.copy(), count.copy()
    kept = np.zeros((many, 4))
    changed = np.empty(many, np.int32)
    out = np.empty(n, np.int32)
    key = np.empty(n)
    cooling = (cold / hot) ** (1.0 / max(1, rounds)) if hot > 0.0 else 1.0
    heat = hot
    for turn in range(rounds):
        heat *= cooling
        changes, taken = 0, 0
        seed = int(_random(state) * n)
        average = 0.0
        for r in range(many):
            average += count[r]
        average /= many
        longest = min(float(LONGEST_STRING), average)
        strings = int(_random(state) * (4.0 * MEAN_REMOVED / (1.0 + longest) - 1.0 + 1.0)) + 1
        for j in range(-1, near.shape[1]):
            if strings == 0:
                break
            c = seed if j < 0 else near[seed, j]
            r = turf[c]
            if r < 0 or ruined[r] == turn:
                continue
            ruined[r] = turn
            strings -= 1
            size = min(int(_random(state) * min(longest, float(count[r]))) + 1, count[r])
            lowest = max(0, at[c] - size + 1)
            highest = min(at[c], count[r] - size)
            first = lowest + int(_random(state) * (highest - lowest + 1))
            if load[r] < rules[4] and many > 1 and _random(state) < DISSOLVED:
                first, size = 0, count[r]
            # keep what was
            stamp[r] = turn
            changed[changes] = r
            changes += 1
            kept_count[r] = count[r]
            kept_paths[r, : count[r]] = paths[r, : count[r]]
            kept[r, 0], kept[r, 1], kept[r, 2], kept[r, 3] = walked[r], spoken[r], load[r], cost[r]
            last = first + size - 1
            if first > 0:
                walked[r] -= table[paths[r, first - 1], paths[r, first]]
            for i in range(first, last + 1):
                s = paths[r, i]
                if i < last:
                    walked[r] -= table[s, paths[r, i + 1]]
                spoken[r] -= talk[s]
                load[r] -= doors[s]
                turf[s] = -1
                out[taken] = s
                taken += 1
            if last < count[r] - 1:
                walked[r] -= table[paths[r, last], paths[r, last + 1]]
                if first > 0:
                    walked[r] += table[paths[r, first - 1], paths[r, last + 1]]
            for i in range(last + 1, count[r]):
                paths[r, i - size] = paths[r, i]
            count[r] -= size
            cost[r] = cost_of(walked[r], spoken[r], load[r], pace, rules)
            _place(paths, count, turf, at, r, first)
        # in which order they go back
        kind = _random(state)
        for i in range(taken):
            if kind < 0.4:
                key[i] = _random(state)
            elif kind < 0.6:
                key[i] = -doors[out[i]] - 0.5 * _random(state)
            elif kind < 0.8:
                key[i] = table[seed, out[i]]
            else:
                key[i] = -table[seed, out[i]]
        for i in range(1, taken):
            k, s = key[i], out[i]
            j = i - 1
            while j >= 0 and key[j] > k:
                key[j + 1], out[j + 1] = key[j], out[j]
                j -= 1
            key[j + 1], out[j + 1] = k, s
        is_whole = True
        for i in range(taken):
            s = out[i]
            least, to, where, longer = WORST, -1, 0, 0.0
            for j in range(near.shape[1]):
                q = near[s, j]
                r = turf[q]
                if r < 0 or count[r] >= width:
                    continue
                p = at[q]
                way = float(table[s, q])  # sums of float32 would lose metres beside a blocked step
                for side in range(2):
                    if side == 0:
                        add = way if p == 0 else way + table[paths[r, p - 1], s] - table[paths[r, p - 1], q]
                    elif p == count[r] - 1:
                        add = way
                    else:
                        add = way + table[s, paths[r, p + 1]] - table[q, paths[r, p + 1]]
                    if _random(state) < SKIPPED:
                        continue
                    price = cost_of(walked[r] + add, spoken[r] + talk[s], load[r] + doors[s], pace, rules)
                    price -= cost[r]
                    if price < least:
                        least, to, where, longer = price, r, p + side, add
            if to < 0:
                is_whole = False
                break
            if stamp[to] != turn:
                stamp[to] = turn
                changed[changes] = to
                changes += 1
                kept_count[to] = count[to]
                kept_paths[to, : count[to]] = paths[to, : count[to]]
                kept[to, 0], kept[to, 1], kept[to, 2], kept[to, 3] = (
                    walked[to],
                    spoken[to],
                    load[to],
                    cost[to],
                )
            for j in range(count[to], where, -1):
                paths[to, j] = paths[to, j - 1]
            paths[to, where] = s
            count[to] += 1
            walked[to] += longer
            spoken[to] += talk[s]
            load[to] += doors[s]
            cost[to] += least
            _place(paths, count, turf, at, to, where)
        now = total
        if is_whole:
            for i in range(changes):
                now += cost[changed[i]] - kept[changed[i], 3]
        if is_whole and now < total - heat * np.log(max(_random(state), 1e-300)):
            total = now
            if total < best - 1e-9:
                best = total
                best_paths[:] = paths
                best_count[:] = count
            continue
        for i in range(changes):
            r = changed[i]
            count[r] = kept_count[r]
            paths[r, : count[r]] = kept_paths[r, : count[r]]
            walked[r], spoken[r], load[r], cost[r] = kept[r, 0], kept[r, 1], kept[r, 2], kept[r, 3]
            _place(paths, count, turf, at, r, 0)
    paths[:] = best_paths
    count[:] = best_count
    return begun - best
