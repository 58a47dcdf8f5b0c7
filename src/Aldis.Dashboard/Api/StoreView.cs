namespace Aldis.Dashboard.Api;

/// <summary>The journal on its disk.</summary>
/// <param name="Directory">Where it is.</param>
/// <param name="Segments">Its files.</param>
/// <param name="Bytes">What they hold.</param>
/// <param name="FreeBytes">What the file system has left.</param>
/// <param name="GrowthBytesPerDay">How fast it grows, from the last ten minutes at most; null before that is known.</param>
/// <param name="DaysLeft">Days until the file system has no more than the floor at that growth; null where it does not grow.</param>
internal sealed record StoreView(string Directory, int Segments, long Bytes, long FreeBytes, double? GrowthBytesPerDay, double? DaysLeft);
