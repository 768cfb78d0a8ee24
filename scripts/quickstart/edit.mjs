// The one edit of the tour: requests for packages, put where a person would put them.

/** The lock with a request for each name, sorted into `apt.packages`; undefined where there is no such section. */
export function withRequests(lock, names) {
  return names.reduce((text, name) => (text === undefined ? undefined : withRequest(text, name)), lock);
}

function withRequest(lock, name) {
  const lines = lock.split("\n");
  const apt = lines.indexOf("apt:");
  const packages = lines.findIndex((line, at) => apt >= 0 && at > apt && /^ {2}packages:/.test(line));
  if (packages < 0) return undefined;
  lines[packages] = "  packages:";
  let at = packages + 1;
  while (/^ {4}\S/.test(lines[at] ?? "") && keyOf(lines[at]) < name) at += 1;
  lines.splice(at, 0, `    ${name}: "*"`);
  return lines.join("\n");
}

function keyOf(line) {
  return line
    .trim()
    .replace(/^["']/, "")
    .split(/["']?:/)[0];
}
