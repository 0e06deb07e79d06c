import { ToggleButton, ToggleButtonGroup } from 'react-aria-components';
import { themes, useTheme } from '../theme.ts';
import { words } from '../words.ts';

export function ThemeChoice() {
  const [theme, choose] = useTheme();
  return (
    <ToggleButtonGroup
      aria-label={words.theme.label}
      className="theme-choice"
      disallowEmptySelection
      selectedKeys={[theme]}
      onSelectionChange={([chosen]) => choose(themes.find((one) => one === chosen) ?? 'system')}
    >
      {themes.map((one) => (
        <ToggleButton key={one} id={one}>
          {words.theme[one]}
        </ToggleButton>
      ))}
    </ToggleButtonGroup>
  );
}
