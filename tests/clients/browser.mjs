// A real browser, driven by one JSON command a line. Each is answered by one JSON line.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const [packages, executablePath] = process.argv.slice(2);
const { chromium } = createRequire(`${packages}/`)("playwright-core");
const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];
const browser = await chromium.launch({ executablePath, headless: true, args });
const contexts = new Map();
const pages = new Map();
const complaints = new Map();

function watch(page, name) {
  pages.set(name, page);
  complaints.set(name, []);
  page.on("console", (line) => line.type() === "error" && complaints.get(name).push(line.text()));
  page.on("pageerror", (error) => complaints.get(name).push(String(error)));
}

const place = (page, { css, role, name, label, text, nth = 0 }) => {
  if (css) return page.locator(css).nth(nth);
  if (label) return page.getByLabel(label).nth(nth);
  if (text) return page.getByText(text).nth(nth);
  return page.getByRole(role, { name, exact: true }).nth(nth);
};

const commands = {
  async open({ page, width = 1280, height = 900 }) {
    const context = await browser.newContext({ viewport: { width, height } });
    context.setDefaultTimeout(15000);
    contexts.set(page, context);
    watch(await context.newPage(), page);
  },
  // Another tab of the same browser, with its cookies.
  openTab: async ({ page, as }) => watch(await contexts.get(page).newPage(), as),
  reload: async ({ page }) => (await pages.get(page).reload())?.status() ?? null,
  goto: async ({ page, url }) => (await pages.get(page).goto(url))?.status() ?? null,
  click: ({ page, at }) => place(pages.get(page), at).click(),
  fill: ({ page, at, value }) => place(pages.get(page), at).fill(value),
  see: ({ page, at, timeout }) => place(pages.get(page), at).waitFor({ timeout }),
  address: async ({ page }) => pages.get(page).url(),
  back: async ({ page }) => (await pages.get(page).goBack())?.status() ?? null,
  evaluate: ({ page, script }) => pages.get(page).evaluate(script),
  shoot: async ({ page, path }) => void (await pages.get(page).screenshot({ path })),
  complaints: async ({ page }) => complaints.get(page),
};

console.log(JSON.stringify({ version: browser.version() }));
for await (const line of createInterface({ input: process.stdin })) {
  const { do: name, ...rest } = JSON.parse(line);
  try {
    console.log(JSON.stringify({ value: (await commands[name](rest)) ?? null }));
  } catch (error) {
    console.log(JSON.stringify({ error: String(error) }));
  }
}
await browser.close();
