/** The version of the package, which every answer bears: the one of package.json, as a test sees to. */
export const VERSION = '0.1.0';
