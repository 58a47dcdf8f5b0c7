using Aldis.Dashboard.Api;
using Aldis.Services.Hosting;
using Aldis.Transports.Addresses;

namespace Aldis.Dashboard.Tests.Api;

/// <summary>What is said of files that are under way.</summary>
public sealed class FilesTests
{
    private static readonly FileIntake Halfway = new("a.bin", 600, 250, Files: 3, Settled: 1, TotalBytes: 1000, DoneBytes: 500);

    [Fact]
    public void What_is_left_takes_as_long_as_it_does_at_the_rate_of_now()
    {
        FileIntakeView view = View(Halfway, bytesPerSecond: 50);
        Assert.Equal(("a.bin", 600, 250, 1000, 500), (view.Name, view.Size, view.Received, view.TotalBytes, view.DoneBytes));
        Assert.Equal(10, view.SecondsLeft);
        Assert.Equal("receives file 2 of 3, 50 %", view.State);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0.0)]
    public void What_does_not_come_takes_no_time_that_anybody_knows(double? bytesPerSecond) =>
        Assert.Null(View(Halfway, bytesPerSecond).SecondsLeft);

    [Fact]
    public void A_size_that_its_sender_does_not_know_is_not_told_and_neither_is_what_is_left()
    {
        FileIntakeView view = View(new FileIntake("received_file", -1, 250, Files: 1, Settled: 0, TotalBytes: -1, DoneBytes: 250), bytesPerSecond: 50);
        Assert.Null(view.Size);
        Assert.Null(view.TotalBytes);
        Assert.Null(view.SecondsLeft);
        Assert.Equal(50, view.BytesPerSecond);
    }

    [Fact]
    public void More_than_was_announced_leaves_nothing()
    {
        Assert.Equal(0, View(Halfway with { DoneBytes = 1200 }, bytesPerSecond: 50).SecondsLeft);
    }

    [Fact]
    public void What_stands_still_says_why()
    {
        FileIntakeView view = FilesApi.View(Receiving(Halfway, TimeSpan.FromSeconds(7)), Halfway, bytesPerSecond: 0);
        Assert.Equal("waits for the rest of a file, 50 % are here, 7 s", view.State);
        Assert.Equal("client", view.Awaits);
    }

    private static FileIntakeView View(FileIntake file, double? bytesPerSecond) => FilesApi.View(Receiving(file, TimeSpan.Zero), file, bytesPerSecond);

    private static OpenConnection Receiving(FileIntake file, TimeSpan quiet) => new()
    {
        Number = 7,
        Peer = "192.0.2.1:5000",
        Client = "pump-7",
        Service = "files",
        Transport = TransportScheme.Tcp,
        OpenedAt = DateTimeOffset.UnixEpoch,
        LastActivityAt = DateTimeOffset.UnixEpoch,
        BytesReceived = file.DoneBytes,
        BytesSent = 0,
        Messages = 0,
        Situation = new ConnectionSituation { Quiet = quiet, File = file },
    };
}
