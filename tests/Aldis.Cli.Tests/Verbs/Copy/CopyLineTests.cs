using Aldis.Cli.Verbs.Copy;

namespace Aldis.Cli.Tests.Verbs.Copy;

/// <summary>The line at a terminal while a copy is under way.</summary>
public sealed class CopyLineTests
{
    private const int Wide = 200;

    private static readonly CopyStatus Half = new()
    {
        Name = "big.iso",
        Bytes = 512L << 20,
        TotalBytes = 1L << 30,
        Speed = 128 << 20,
    };

    private static readonly CopyStatus Tree = Half with
    {
        Name = "photos/a.jpg",
        FileBytes = 40,
        FileLength = 100,
        Files = 1234,
        TotalFiles = 10_000,
        ResumedBytes = 100 << 20,
        Retransmissions = 12,
    };

    [Fact]
    public void It_shows_share_bytes_speed_and_the_time_left() => Assert.Equal(
        "big.iso  [============            ]  50 %  512.0 MiB  128.0 MiB/s  4.00 s left", CopyLine.Text(Half, Wide));

    [Fact]
    public void Of_what_has_no_length_it_shows_what_is_known() => Assert.Equal(
        "pipe  3.0 KiB  1.0 KiB/s", CopyLine.Text(new CopyStatus { Name = "pipe", Bytes = 3072, Speed = 1024 }, Wide));

    [Fact]
    public void Of_a_tree_it_shows_the_files_and_the_one_that_is_under_way() => Assert.Equal(
        "1,234 of 10,000 files  [============            ]  50 %  512.0 MiB  128.0 MiB/s  4.00 s left  resumed from 100.0 MiB  "
            + "12 packets sent again  photos/a.jpg 40 %",
        CopyLine.Text(Tree, Wide));

    [Fact]
    public void When_nothing_moves_it_says_why_in_place_of_a_speed() => Assert.Equal(
        "big.iso  [============            ]  50 %  512.0 MiB  no acknowledgement for 3.2 s, next try in 1.6 s",
        CopyLine.Text(Half with { Standstill = "no acknowledgement for 3.2 s, next try in 1.6 s" }, Wide));

    [Theory]
    [InlineData(130, "1,234 of 10,000 files  [============            ]  50 %  512.0 MiB  128.0 MiB/s  4.00 s left  resumed from 100.0 MiB")]
    [InlineData(95, "1,234 of 10,000 files  [============            ]  50 %  512.0 MiB  128.0 MiB/s  4.00 s left")]
    [InlineData(70, "1,234 of 10,000 files  50 %  512.0 MiB  128.0 MiB/s  4.00 s left")]
    [InlineData(55, "1,234 of 10,000 files  50 %  128.0 MiB/s  4.00 s left")]
    [InlineData(10, "1,234 of …")]
    public void What_finds_no_room_is_left_out_the_least_first(int columns, string line) => Assert.Equal(line, CopyLine.Text(Tree, columns));

    [Fact]
    public void A_long_name_leaves_room_for_the_rest() => Assert.Equal(
        "a-long-name-that-is-not-f…  [============            ]  50 %  512.0 MiB  0 B/s",
        CopyLine.Text(Half with { Name = "a-long-name-that-is-not-finished-here", Speed = 0 }, 80));

    [Fact]
    public void A_file_that_grew_is_not_more_than_whole() => Assert.Contains(
        "100 %", CopyLine.Text(Half with { Bytes = 2L << 30 }, Wide), StringComparison.Ordinal);

    [Fact]
    public void A_speed_is_that_of_the_last_seconds()
    {
        const long Second = 1_000_000_000;
        var meter = new SpeedMeter();
        Assert.Equal(0, meter.Measure(Second, 0));
        for (int tenths = 1; tenths <= 100; tenths++)
        {
            Assert.Equal(1000, meter.Measure(Second + (tenths * Second / 10), tenths * 100), 100.0);
        }

        double slower = 0;
        for (int tenths = 101; tenths <= 160; tenths++)
        {
            slower = meter.Measure(Second + (tenths * Second / 10), 10_000);
        }

        Assert.Equal(0, slower);
    }
}
