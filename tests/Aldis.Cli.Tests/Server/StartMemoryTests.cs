using Aldis.Cli.Verbs.Serve;

namespace Aldis.Cli.Tests.Server;

/// <summary>What a server gives back once it serves: nothing that the process itself wrote.</summary>
public sealed class StartMemoryTests
{
    [Theory]
    [InlineData("5500-5700 r-xp 00000000 fe:00 7 /usr/bin/aldis", 0, true)]
    [InlineData("5500-5700 r--p 00000000 fe:00 7 /usr/bin/aldis", 0, true)]
    [InlineData("5500-5700 r--p 00000000 fe:00 7 /usr/lib/with a space.so", 0, true)]
    [InlineData("5500-5700 r--p 00000000 fe:00 7 /usr/bin/aldis", 572, false)]
    [InlineData("5500-5700 rw-p 00000000 fe:00 7 /usr/bin/aldis", 0, false)]
    [InlineData("5500-5700 r--s 00000000 fe:00 7 /var/lib/aldis/shared", 0, false)]
    [InlineData("5500-5700 r--p 00000000 00:00 0 [vvar]", 0, false)]
    [InlineData("5500-5700 r--p 00000000 00:00 0", 0, false)]
    public void What_is_given_back_can_be_read_again_from_its_file(string mapping, int anonymousKilobytes, bool isGivenBack) =>
        Assert.Equal(
            isGivenBack ? [((nuint)0x5500, (nuint)0x200)] : [],
            StartMemory.Unchanged([mapping, "Rss:                 512 kB", $"Anonymous:    {anonymousKilobytes} kB", "VmFlags: rd mr mw me"]));

    [Fact]
    public void A_mapping_has_its_own_figures_and_not_those_of_the_one_before() =>
        Assert.Equal([((nuint)0x1000, (nuint)0x1000)], StartMemory.Unchanged(
        [
            "1000-2000 r-xp 00000000 fe:00 7 /usr/bin/aldis",
            "Anonymous:             0 kB",
            "2000-3000 rw-p 00000000 fe:00 7 /usr/bin/aldis",
            "Anonymous:             0 kB",
        ]));

    [Fact]
    public async Task A_server_that_gave_it_back_serves()
    {
        await using AldisProcess server = await AldisProcess.ServeAsync("echo=tcp://127.0.0.1:0");
        (int exit, string[] output, _) = await AldisProcess.RunAsync(string.Empty, "echo", $"tcp://{server.EndPoints["echo/tcp"]}", "hello");
        Assert.Equal(0, exit);
        Assert.Equal(["hello"], output);
        await server.StopAsync();
    }
}
