import { isScalar } from "yaml";
import type { Located, Path } from "./located.ts";
import type { YamlDocument } from "./yaml-source.ts";
import { nodeAt, pairAt } from "./yaml-values.ts";

/** Positions in one YAML document. */
export function yamlLocated({ root, offset }: YamlDocument): Located {
  function keyOffset(path: Path): number {
    if (path.length === 0) return offset;
    const found = pairAt(root, path)?.key.range[0] ?? nodeAt(root, path)?.range[0];
    return found ?? keyOffset(path.slice(0, -1));
  }

  function valueOffset(path: Path): number {
    const range = nodeAt(root, path)?.range;
    return range && range[0] < range[1] ? range[0] : keyOffset(path);
  }

  function literal(path: Path): string | undefined {
    const node = nodeAt(root, path);
    if (node === null) return "";
    return isScalar(node) && node.type === "PLAIN" ? node.source : undefined;
  }

  return { keyOffset, valueOffset, literal };
}
