namespace Aldis.Dashboard.Api;

/// <summary>A bucket of a histogram.</summary>
/// <param name="UpToMs">The longest time in milliseconds that belongs here; it begins behind the bucket before.</param>
/// <param name="Count">How many do.</param>
internal sealed record BucketView(double UpToMs, long Count);
