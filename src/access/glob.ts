/**
 * Whether `name` matches `pattern`, in which `*` stands for any characters and `?` for one. Two pointers
 * with one point of return (the greedy wildcard match of Kirk J. Krauss): at most |pattern| × |name| steps,
 * so that no pattern costs exponential time, as one compiled to a regular expression can.
 */
export function matchesGlob(pattern: string, name: string): boolean {
  let inPattern = 0;
  let inName = 0;
  let star = -1;
  let resume = 0;
  while (inName < name.length) {
    const wanted = pattern[inPattern];
    if (wanted === '*') {
      star = inPattern++;
      resume = inName;
    } else if (wanted === '?' || (wanted !== undefined && wanted === name[inName])) {
      inPattern++;
      inName++;
    } else if (star >= 0) {
      inPattern = star + 1;
      inName = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[inPattern] === '*') inPattern++;
  return inPattern === pattern.length;
}
