/** What keeps a semicolon from ending a statement: strings, quoted names, `$$` bodies and comments. */
const TOKENS = /'(?:[^'\\]|\\[^]|'')*'|"(?:[^"]|"")*"|\$\$[^]*?\$\$|--[^\n]*|\/\/[^\n]*|\/\*[^]*?\*\/|;|[^]/g;

/** Cuts a text at its semicolons. Parts without any SQL are left out. */
export function splitStatements(sql: string): readonly string[] {
  const statements: string[] = [];
  let current = '';
  let hasSql = false;
  const end = () => {
    if (hasSql) statements.push(current.trim());
    current = '';
    hasSql = false;
  };
  for (const [token] of sql.matchAll(TOKENS)) {
    if (token === ';') {
      end();
      continue;
    }
    current += token;
    const isComment = token.length > 1 && /^(--|\/\/|\/\*)/.test(token);
    if (!isComment && token.trim() !== '') hasSql = true;
  }
  end();
  return statements;
}
