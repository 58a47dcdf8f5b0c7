using System.Text;
using Aldis.Protocols.Impairment;
using Aldis.Protocols.Scenarios;

namespace Aldis.Protocols.Tests.Scenarios;

/// <summary>Networks have names, and one may give one's own a name.</summary>
public sealed class LinkProfilesTests
{
    [Fact]
    public void The_known_profiles_are_links_and_say_where_their_figures_are_from()
    {
        Assert.Equal(["3g", "edge", "dsl", "wifi", "satellite", "starlink", "lossy10"], LinkProfiles.Known.Select(static one => one.Name));
        Assert.All(LinkProfiles.Known, static one =>
        {
            one.ToTarget.Validate();
            one.ToClient.Validate();
            Assert.NotEmpty(one.Source);
        });
    }

    [Theory]
    [InlineData("3g", 150, 768_000, 1_600_000)]
    [InlineData("edge", 420, 200_000, 240_000)]
    [InlineData("dsl", 25, 384_000, 1_500_000)]
    [InlineData("wifi", 40, 30_000_000, 30_000_000)]
    [InlineData("satellite", 600, 10_000_000, 100_000_000)]
    [InlineData("starlink", 50, 13_540_000, 87_250_000)]
    [InlineData("lossy10", 20, 0, 0)]
    public void Their_round_trips_and_rates_are_those_of_their_sources(string name, double roundTrip, long up, long down)
    {
        LinkProfile profile = LinkProfiles.Get(LinkProfiles.Known, name);
        Assert.Equal(
            (roundTrip, up, down),
            ((profile.ToTarget.Delay + profile.ToClient.Delay).TotalMilliseconds, profile.ToTarget.BitsPerSecond, profile.ToClient.BitsPerSecond));
    }

    [Fact]
    public void Ones_own_are_written_in_the_words_of_scripts()
    {
        LinkProfile train = Assert.Single(Read(
            """
            {
              // measured between two stations
              "train": { "both": { "delay": "40ms", "jitter": "10ms pareto" }, "to_client": { "loss": "2%", "queue": 65536 }, "source": "a ride" }
            }
            """));
        var both = new LinkFaults
        {
            Delay = TimeSpan.FromMilliseconds(40),
            Jitter = TimeSpan.FromMilliseconds(10),
            JitterDistribution = JitterDistribution.Pareto,
        };
        Assert.Equal(new LinkProfile("train", both, both with { Loss = 0.02, QueueBytes = 65_536 }, "a ride"), train);
    }

    [Theory]
    [InlineData("", "my.json is no JSON: see line 1, byte 1.")]
    [InlineData("{\n \"train\": }", "my.json is no JSON: see line 2, byte 11.")]
    [InlineData("[]", "my.json is no object with a profile under each name.")]
    [InlineData("{\"train\":1}", "my.json, profile 'train': it is no object with to_target, to_client or both.")]
    [InlineData("{\"train\":{\"up\":{}}}", "my.json, profile 'train': 'up' is none of to_target, to_client, both and source.")]
    [InlineData("{\"train\":{\"both\":[]}}", "my.json, profile 'train', both: it is no object of words such as \"delay\": \"50ms\".")]
    [InlineData("{\"train\":{\"both\":{\"delay\":50}}}", "my.json, profile 'train', both: delay is written delay 50ms, and has '50': a time needs its unit, 50ms or 50s.")]
    [InlineData("{\"train\":{\"to_client\":{\"cut\":\"\"}}}", "my.json, profile 'train', to_client: there is no word 'cut'.")]
    public void What_is_wrong_with_them_is_a_sentence(string json, string sentence) =>
        Assert.StartsWith(sentence, Assert.Throws<FormatException>(() => Read(json)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_name_that_there_is_not_is_answered_with_the_near_one() => Assert.Equal(
        "there is no profile 'wify'; did you mean 'wifi'? Known are 3g, edge, dsl, wifi, satellite, starlink, lossy10.",
        Assert.Throws<FormatException>(static () => LinkProfiles.Get(LinkProfiles.Known, "wify")).Message);

    private static IReadOnlyList<LinkProfile> Read(string json) => LinkProfiles.Read(Encoding.UTF8.GetBytes(json), "my.json");
}
