// What is around every page: its name and the others, what was just done, whether the host answers.

import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { Button } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { words } from '../words.ts';
import { ConnectionBanner } from './connection-banner.tsx';
import { Notices } from './notices.tsx';
import { pages } from './pages.ts';
import { PasswordDialog } from './password-dialog.tsx';
import { SignOut } from './sign-out.tsx';
import { ThemeChoice } from './theme-choice.tsx';
import { useEvents } from './use-events.ts';
import './shell.css';

export function Shell() {
  const [menu_open, setMenuOpen] = useState(false);
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const main = useRef<HTMLElement>(null);
  const title = pages.find((page) => page.path === path)?.name ?? words.console;

  useEvents();
  const first = useRef(true);
  useEffect(() => {
    document.title = `${title} · punktfunk`;
    setMenuOpen(false);
    // As a page that was loaded would: screen readers begin at its top.
    if (!first.current) main.current?.focus({ preventScroll: true });
    first.current = false;
    window.scrollTo(0, 0);
  }, [path, title]);

  return (
    <div className="shell">
      <a className="skip" href="#page">
        {words.skip_to_page}
      </a>
      <aside className="side">
        <div className="brand">punktfunk</div>
        <Navigation />
        <SignOut />
        <ThemeChoice />
      </aside>
      <header className="top">
        <Button kind="quiet" aria-label={words.menu} onPress={() => setMenuOpen(true)}>
          <span className="menu-icon" aria-hidden="true" />
        </Button>
        <div className="brand">{title}</div>
      </header>
      <Dialog title="punktfunk" kind="edge" isOpen={menu_open} onClose={() => setMenuOpen(false)}>
        <Navigation />
        <SignOut />
        <ThemeChoice />
      </Dialog>
      <PasswordDialog />
      <main id="page" ref={main} tabIndex={-1}>
        <ConnectionBanner />
        <Outlet />
      </main>
      <Notices />
    </div>
  );
}

function Navigation() {
  return (
    <nav aria-label={words.navigation}>
      <ul>
        {pages.map(({ path, name }) => (
          <li key={path}>
            <Link to={path} activeOptions={{ exact: true }}>
              {name}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
