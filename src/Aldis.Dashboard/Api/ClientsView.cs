namespace Aldis.Dashboard.Api;

/// <summary>The clients that a filter wants.</summary>
/// <param name="Total">Clients there are.</param>
/// <param name="Wanted">Those of them that the filter wants.</param>
/// <param name="Late">Those of the wanted ones that are later than their habit.</param>
/// <param name="Clients">The first of them, by id.</param>
internal sealed record ClientsView(int Total, int Wanted, int Late, IReadOnlyList<ClientView> Clients);
