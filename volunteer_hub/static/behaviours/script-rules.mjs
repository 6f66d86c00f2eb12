/* Which questions of a script are asked, given the answers so far. The same rules as
   volunteer_hub/canvass/scripts/branching.py; both pass tests/data/script-branching.json. Pure. */

export const DECLINED = "-"; // "no answer": it was asked, and the person did not say

/** An answer in its one form; null for none, declined, or one that the question cannot have. */
export function normal(question, value) {
  if (value === null || value === undefined || value === "" || value === DECLINED) return null;
  switch (question.kind) {
    case "multiple":
      return several(question, value);
    case "single":
      return question.options.some((each) => each.key === value) ? value : null;
    case "yes_no":
      return yesOrNo(value);
    case "text":
      return typeof value === "string" ? value.trim() || null : null;
    default:
      return number(question, value);
  }
}

/** The keys of the questions that are to be asked, in order. */
export function asked(questions, answers) {
  const known = {};
  const keys = [];
  for (const each of questions) {
    const isAsked = !each.condition || holds(each.condition, known);
    known[each.key] = isAsked ? normal(each, answers[each.key]) : null;
    if (isAsked) keys.push(each.key);
  }
  return keys;
}

/** The required questions that still need an answer or a "no answer". */
export function missing(questions, answers) {
  const wanted = new Set(asked(questions, answers));
  return questions
    .filter((each) => each.required && wanted.has(each.key))
    .filter((each) => !isDeclined(each.key, answers) && normal(each, answers[each.key]) === null)
    .map((each) => each.key);
}

export function isDeclined(key, answers) {
  return Object.prototype.hasOwnProperty.call(answers, key) && (answers[key] === null || answers[key] === DECLINED);
}

export function holds(condition, known) {
  if (condition.all) return condition.all.every((rule) => fits(rule, known[rule.question]));
  return condition.any.some((rule) => fits(rule, known[rule.question]));
}

function fits(rule, value) {
  if (value === null || value === undefined) return false;
  const isNumber = typeof value === "number" && typeof rule.value === "number";
  if (rule.test === "answered") return true;
  if (rule.test === "is") return value === rule.value;
  if (rule.test === "is_not") return value !== rule.value;
  if (rule.test === "includes") return Array.isArray(value) && value.includes(rule.value);
  if (rule.test === "at_least") return isNumber && value >= rule.value;
  return rule.test === "at_most" && isNumber && value <= rule.value;
}

function several(question, value) {
  const chosen = typeof value === "string" ? value.split(/[\s,]+/) : value;
  if (!Array.isArray(chosen)) return null;
  const known = question.options.map((each) => each.key).filter((key) => chosen.includes(key));
  return known.length ? known : null;
}

function yesOrNo(value) {
  if (typeof value === "boolean") return value ? "yes" : "no";
  return value === "yes" || value === "no" ? value : null;
}

function number(question, value) {
  if (typeof value === "string" && /^-?\d{1,15}(\.\d{1,6})?$/.test(value.trim())) value = Number(value);
  if (typeof value !== "number" || !Number.isFinite(value)) return null;
  const low = question.low ?? question.min ?? -Infinity;
  const high = question.high ?? question.max ?? Infinity;
  if (value < low || value > high) return null;
  const isWhole = question.kind === "scale" || question.kind === "support";
  return isWhole && !Number.isInteger(value) ? null : value;
}
