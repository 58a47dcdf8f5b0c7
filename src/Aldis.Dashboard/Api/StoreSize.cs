using Aldis.Journal.Embedded;
using Aldis.Journal.Storage;

namespace Aldis.Dashboard.Api;

/// <summary>How large the journal is and how fast it grows. Looks at the disk at most once in five seconds. Thread-safe.</summary>
/// <param name="directory">The journal's directory.</param>
/// <param name="floorBytes">What stays free of its disk.</param>
/// <param name="readHeld">Reads how many bytes it holds, which is less than its files have: they are prepared ahead; null where nobody
/// tells.</param>
/// <param name="time">The clock.</param>
internal sealed class StoreSize(string directory, long floorBytes, Func<long?> readHeld, TimeProvider time)
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly Queue<(TimeSpan At, long Bytes)> _sizes = [];
    private StoreView? _view;
    private TimeSpan _lookedAt;

    /// <summary>The size as it was within the last five seconds; null where the disk cannot be read.</summary>
    public StoreView? Read()
    {
        TimeSpan now = time.GetElapsedTime(0);
        lock (_lock)
        {
            if (_view is null || now - _lookedAt >= Period)
            {
                _lookedAt = now;
                _view = Look(now);
            }

            return _view;
        }
    }

    private StoreView? Look(TimeSpan now)
    {
        try
        {
            List<long> segments = SegmentName.List(FileStorage.Instance, directory);
            long bytes = readHeld() ?? segments.Sum(segment => new FileInfo(SegmentName.PathOf(directory, segment)).Length);
            long free = FileStorage.Instance.GetFreeBytes(directory);
            while (_sizes.TryPeek(out (TimeSpan At, long Bytes) oldest) && now - oldest.At > Memory)
            {
                _sizes.Dequeue();
            }

            _sizes.Enqueue((now, bytes));
            (TimeSpan since, long before) = _sizes.Peek();
            double? growth = now - since < Least ? null : (bytes - before) / (now - since).TotalDays;
            return new StoreView(
                directory, segments.Count, bytes, free, growth, growth > 0 ? Math.Max(0, free - floorBytes) / growth : null);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
