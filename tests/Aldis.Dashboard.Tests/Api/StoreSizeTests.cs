using Aldis.Dashboard.Api;
using Aldis.Journal.Embedded;
using Aldis.Tests;

namespace Aldis.Dashboard.Tests.Api;

/// <summary>How large the journal is said to be, and how fast it grows.</summary>
public sealed class StoreSizeTests : IDisposable
{
    private const int PreparedBytes = 4 * 1024 * 1024;

    private readonly TemporaryDirectory _directory = new();
    private readonly VirtualTime _time = new();

    public StoreSizeTests() => File.WriteAllBytes(SegmentName.PathOf(_directory.Path, 1), new byte[PreparedBytes]);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_journal_grows_by_what_it_holds_though_its_files_are_prepared_ahead()
    {
        long held = 100;
        var size = new StoreSize(_directory.Path, floorBytes: 0, () => held, _time);
        Assert.Equal(100, size.Read()!.Bytes);
        Assert.Null(size.Read()!.GrowthBytesPerDay);
        _time.Advance(TimeSpan.FromMinutes(1));
        held += 60_000;
        StoreView view = size.Read()!;
        Assert.Equal(60_100, view.Bytes);
        Assert.Equal(86_400_000, view.GrowthBytesPerDay!.Value, tolerance: 1);
        Assert.Equal(view.FreeBytes / 86_400_000.0, view.DaysLeft!.Value, tolerance: 0.001);
    }

    [Fact]
    public void Where_nobody_tells_what_it_holds_its_files_do()
    {
        var size = new StoreSize(_directory.Path, floorBytes: 0, static () => null, _time);
        Assert.Equal(PreparedBytes, size.Read()!.Bytes);
    }
}
