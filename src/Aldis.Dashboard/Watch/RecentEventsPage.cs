using Aldis.Services.Events;

namespace Aldis.Dashboard.Watch;

/// <summary>What <see cref="RecentEvents"/> had.</summary>
/// <param name="Events">The events, oldest first.</param>
/// <param name="IsGap">Whether some between the one that was named and these are not kept any more.</param>
internal sealed record RecentEventsPage(IReadOnlyList<ServiceEvent> Events, bool IsGap);
