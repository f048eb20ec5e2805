import { Drawer, NavLink, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { Menu as MenuIcon } from "lucide-react";
import { useEffect, useRef } from "react";
import { useUser } from "@/client/use-session";
import { ClosedBanner } from "./closed-banner";
import { keepFocus } from "./focus";
import { Header } from "./header";
import { Keyboard } from "./keyboard/keyboard";
import { groupsOf, ON_PHONES, type Place } from "./navigation";
import { OperatorMark } from "./operator-mark";
import styles from "./shell.module.css";
import { TestModeBanner } from "./test-mode-banner";
import { UnverifiedBanner } from "./unverified-banner";

/** The frame of all screens: navigation (on phones at the bottom), header and content. */
export function Shell() {
  const main = useRef<HTMLElement>(null);
  useHeadingFocus(main);
  useEffect(keepFocus, []);
  const user = useUser();
  return (
    <div className={styles.frame}>
      <a className={styles.skip} href="#main">
        Skip to the content
      </a>
      <nav className={styles.rail} aria-label="Main">
        <p className={styles.brand}>SMSBlaster</p>
        {groupsOf(user).map((group) => (
          <div key={group.label} className={styles.group}>
            {group.label && <p className={styles.groupLabel}>{group.label}</p>}
            {group.places.map((place) => (
              <RailLink key={place.to} place={place} />
            ))}
          </div>
        ))}
      </nav>
      <div className={styles.page}>
        <div className={styles.top}>
          <TestModeBanner />
          <OperatorMark />
          <Header />
        </div>
        <UnverifiedBanner />
        <ClosedBanner />
        <main id="main" ref={main} className={styles.main}>
          <Outlet />
        </main>
      </div>
      <BottomBar />
      <Keyboard />
    </div>
  );
}

/** Links whose path is also the beginning of other links' paths. */
const EXACT = ["/", "/send", "/admin"];

function RailLink({ place }: { place: Place }) {
  return (
    <Link
      to={place.to}
      className={styles.link}
      activeProps={{ className: `${styles.link} ${styles.active}`, "aria-current": "page" }}
      activeOptions={{ exact: EXACT.includes(place.to) }}
      title={place.label}
    >
      <place.icon size={18} aria-hidden />
      <span>{place.label}</span>
    </Link>
  );
}

function BottomBar() {
  const [isOpen, more] = useDisclosure(false);
  const places = groupsOf(useUser()).flatMap((group) => group.places);
  return (
    <>
      <nav className={styles.bottom} aria-label="Main, on small screens">
        {places
          .filter((place) => ON_PHONES.includes(place.to))
          .map((place) => (
            <RailLink key={place.to} place={{ ...place, label: place.shortLabel ?? place.label }} />
          ))}
        <UnstyledButton className={styles.link} onClick={more.open} aria-expanded={isOpen}>
          <MenuIcon size={18} aria-hidden />
          <span>More</span>
        </UnstyledButton>
      </nav>
      <Drawer opened={isOpen} onClose={more.close} title="All screens" position="bottom">
        {places.map((place) => (
          <NavLink
            key={place.to}
            component={Link}
            to={place.to}
            label={place.label}
            leftSection={<place.icon size={18} aria-hidden />}
            onClick={more.close}
          />
        ))}
      </Drawer>
    </>
  );
}

/** When the screen changes, move the focus to its heading, so that a screen reader reads it. */
function useHeadingFocus(main: React.RefObject<HTMLElement | null>): void {
  const { pathname } = useLocation();
  const isFirst = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the path decides when this runs, but is not used in it
  useEffect(() => {
    if (isFirst.current) {
      isFirst.current = false;
      return;
    }
    const heading = main.current?.querySelector<HTMLElement>("h1");
    heading?.focus({ preventScroll: true });
  }, [pathname]);
}
