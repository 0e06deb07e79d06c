// The host's own page for a browser that gets none of the console: what went wrong, and what to do. No style: the policy allows none.

import { escapeXml } from '../gamestream/xml.ts';

const told = (text: string): string => escapeXml(text).replaceAll(/`([^`]*)`/g, '<code>$1</code>');

/** `way_on`: the console itself may answer. */
export const plainPage = ({ message, cure }: { message: string; cure: string }, way_on: boolean): string =>
  `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>punktfunk</title>
<h1>punktfunk</h1>
<p><strong>${told(message)}</strong> ${told(cure)}</p>
${way_on ? '<p><a href="/">The console</a></p>' : ''}
</html>
`;
