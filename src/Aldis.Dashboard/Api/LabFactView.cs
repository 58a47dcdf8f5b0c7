namespace Aldis.Dashboard.Api;

/// <summary>A figure of a run.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Value">The figure with its unit.</param>
internal sealed record LabFactView(string Name, string Value);
