// Text as its writer meant it: markdown without raw HTML, without images from elsewhere, with @names told apart.

import { memo } from "react";
import { findAndReplace } from "mdast-util-find-and-replace";
import ReactMarkdown from "react-markdown";
import { Link } from "react-router";
import remarkGfm from "remark-gfm";

const MENTION = /(?<![\w@])@[A-Za-z0-9_-]+/g;

function mentions() {
  const marked = (name) => ({ type: "strong", data: { hProperties: { className: ["loom-mention"] } }, children: [{ type: "text", value: name }] });
  return (tree) => findAndReplace(tree, [MENTION, marked], { ignore: ["link", "linkReference"] });
}

function Anchor({ href, children }) {
  if (href?.startsWith("/") && !href.startsWith("//")) return <Link to={href}>{children}</Link>;
  return <a href={href} rel="noopener noreferrer nofollow" target={href?.startsWith("#") ? undefined : "_blank"}>{children}</a>;
}

function Image({ src, alt }) {
  return src ? <Anchor href={src}>{`Image: ${alt || src}`}</Anchor> : <>{alt}</>;
}

function Pre({ children }) {
  return <pre className="loom-code" tabIndex={0}>{children}</pre>;
}

function Table({ children }) {
  return <div className="loom-scroll" tabIndex={0} role="group" aria-label="Table"><table>{children}</table></div>;
}

// Headings of a text stand below those of the page.
const under = (Level) => ({ children }) => <Level>{children}</Level>;
const PARTS = {
  a: Anchor, img: Image, pre: Pre, table: Table,
  h1: under("h4"), h2: under("h4"), h3: under("h5"), h4: under("h5"), h5: under("h6"), h6: under("h6"),
  input: ({ checked }) => <input type="checkbox" checked={Boolean(checked)} readOnly disabled aria-label={checked ? "done" : "to do"} />,
};
const PLUGINS = [remarkGfm, mentions];

export const Markdown = memo(function Markdown({ children }) {
  return (
    <div className="loom-markdown">
      <ReactMarkdown remarkPlugins={PLUGINS} components={PARTS}>{children}</ReactMarkdown>
    </div>
  );
});
