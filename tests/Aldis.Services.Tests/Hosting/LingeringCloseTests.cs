using Aldis.Services.Hosting;
using Aldis.Tests;

namespace Aldis.Services.Tests.Hosting;

public sealed class LingeringCloseTests
{
    [Fact]
    public async Task What_the_client_had_under_way_is_taken_in_until_it_finishes()
    {
        using var connection = new InMemoryConnection();
        Task closing = LingeringClose.DrainAsync(connection.Transport.Input, new VirtualTime());
        for (int count = 0; count < 10; count++)
        {
            Assert.True(connection.Send(new byte[InMemoryConnection.InputLimit]));
        }

        Assert.False(closing.IsCompleted);
        connection.FinishWriting();
        await closing.InTime();
    }

    [Fact]
    public async Task A_client_that_is_quiet_is_waited_for_no_longer()
    {
        using var connection = new InMemoryConnection();
        var time = new VirtualTime();
        Task closing = LingeringClose.DrainAsync(connection.Transport.Input, time);

        time.Advance(TimeSpan.FromMilliseconds(99));
        Assert.False(closing.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(1));

        await closing.InTime();
    }

    [Fact]
    public async Task A_client_that_goes_on_sending_is_cut_after_two_seconds()
    {
        using var connection = new InMemoryConnection();
        var time = new VirtualTime();
        Task closing = LingeringClose.DrainAsync(connection.Transport.Input, time);
        while (time.Now < TimeSpan.FromSeconds(2))
        {
            connection.Send("still sending");
            Assert.False(closing.IsCompleted);
            time.Advance(TimeSpan.FromMilliseconds(50));
        }

        connection.Send("and on");

        await closing.InTime();
    }
}
