declare module "spdx-expression-parse" {
  /** The tree of an SPDX expression. Throws for what is none, and for ids that are on none of SPDX's lists. */
  function parse(expression: string): unknown;
  export = parse;
}
