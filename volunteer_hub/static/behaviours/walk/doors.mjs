/* What the phone knows of the doors of a walk list: pure, nothing of the page. A door has `result` (its last result
   here), `before` (the results it had, for an undo), `taken` (a tap that is on its way to the disk), `skip` (nobody may
   knock) and `partner` (its result came from another phone). */
export class Doors {
  constructor(list) {
    this.list = list.map((door) => ({ ...door, before: [], taken: 0, partner: false, touched: 0 }));
    this.byId = new Map(this.list.map((door) => [door.id, door]));
    this.buildings = grouped(this.list);
  }

  get(id) {
    return this.byId.get(Number(id)) ?? null;
  }

  /** All doors of the same building. */
  building(door) {
    return this.buildings.get(door.building) ?? [door]; // a door that went may still be at hand
  }

  /** Done of all that count: where nobody may knock counts only once it was reported. */
  progress() {
    const counted = this.list.filter((door) => door.result || !door.skip);
    return { done: counted.filter((door) => door.result).length, all: counted.length };
  }

  /** The next door that wants a knock, going round once; null when there is none. */
  next(position) {
    const isLeft = (door) => wantsKnock(door) && door.position > position;
    return this.list.find(isLeft) ?? this.list.find(wantsKnock) ?? null;
  }

  /** A building further on (1) or back (-1): its first door that wants a knock, or its first; null at the ends. */
  beside(door, step) {
    const heads = [];
    for (const each of this.list) {
      const isSame = heads.length && heads.at(-1).building === each.building;
      if (!isSame && (!each.skip || each === door)) heads.push(each);
    }
    const here = heads.findIndex((each) => each.building === door.building);
    const head = here < 0 ? null : heads[here + step];
    if (!head) return null;
    return this.building(head).find(wantsKnock) ?? head;
  }

  /** The street after this door's, and how many doors are left before it; null at the end. */
  streetAfter(door) {
    let count = 0;
    for (const each of this.list) {
      if (each.position <= door.position || !wantsKnock(each)) continue;
      if (each.street !== door.street) return { street: each.street, count };
      count += 1;
    }
    return null;
  }

  /** A tap on its way: the doors are not offered again meanwhile. */
  take(ids) {
    for (const door of this.some(ids)) door.taken += 1;
  }

  release(ids) {
    for (const door of this.some(ids)) door.taken -= 1;
  }

  /** Those of these doors that are on the list. */
  some(ids) {
    return ids.map((id) => this.get(id)).filter(Boolean);
  }

  /** Doors that went to somebody else are on this list no more, and the rest is counted anew. Gives those that went,
      each at the position of the door before it. */
  drop(ids) {
    const gone = this.list.filter((door) => ids.has(door.id));
    if (!gone.length) return gone;
    let position = 0;
    for (const door of this.list) door.position = ids.has(door.id) ? position : (position += 1);
    this.list = this.list.filter((door) => !ids.has(door.id));
    for (const { id } of gone) this.byId.delete(id);
    this.buildings = grouped(this.list);
    return gone;
  }

  /** A report made here takes effect; gives its door, or null when it is not on this list. */
  apply(report) {
    const door = this.get(report.door);
    if (!door) return null;
    if (report.undoes) {
      door.result = door.before.pop() ?? null;
    } else {
      door.before.push(door.result);
      door.result = report.result;
    }
    door.partner = false;
    door.touched = Date.parse(report.at);
    return door;
  }

  /** How another phone left a door at a moment; true when that is new here. What was done here later counts more. */
  hear(id, result, at) {
    const door = this.get(id);
    const partner = Boolean(result);
    if (!door || Date.parse(at) <= door.touched || (door.result === result && door.partner === partner)) return false;
    Object.assign(door, { result, partner });
    return true;
  }
}

export const wantsKnock = (door) => !door.result && !door.skip && !door.taken;

function grouped(list) {
  if (Map.groupBy) return Map.groupBy(list, (door) => door.building);
  const found = new Map();
  for (const door of list) found.set(door.building, [...(found.get(door.building) ?? []), door]);
  return found;
}

/** Reports made here as what one undo takes back, oldest first: those of one tap share their moment. */
export function deedsOf(reports) {
  const undone = new Set(reports.map((report) => report.undoes).filter(Boolean));
  const deeds = [];
  for (const report of reports) {
    if (report.kind || report.undoes || undone.has(report.id)) continue;
    const last = deeds.at(-1);
    if (last && last.at === report.at) last.reports.push(report);
    else deeds.push({ at: report.at, reports: [report] });
  }
  return deeds;
}
