import { accessSync, constants, statSync } from "node:fs";

/** Whether this process may run what is there: a file, and no folder. */
export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
