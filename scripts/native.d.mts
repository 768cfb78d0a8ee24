/** Compiler flags: the standard, and every warning as an error. */
export const STRICT: readonly string[];

/** Absolute paths of the files of C that omg-fast is made of. */
export const SOURCES: readonly string[];

/** The words that start the C compiler to use; undefined where none is. */
export function compiler(env: Readonly<Record<string, string | undefined>>): string[] | undefined;

/** Name of the way in which `target` was made, and runs; undefined where it could not be. */
export function compile(
  compiler: readonly string[],
  options: {
    readonly target: string;
    readonly version: string;
    readonly more?: readonly string[];
  },
): string | undefined;
