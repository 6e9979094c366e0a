// Where this browser is: its IANA time zone, and the day that weeks begin with (1 Monday … 7
// Sunday), null where it does not say. Asked by pages whose figures are of a day, a week, a month.
export function viewer() {
  const { locale, timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return [timeZone ?? null, firstDay(navigator.language || locale)];
}

function firstDay(language) {
  try {
    const locale = new Intl.Locale(language);
    return (locale.getWeekInfo?.() ?? locale.weekInfo)?.firstDay ?? null;
  } catch {
    return null;
  }
}
