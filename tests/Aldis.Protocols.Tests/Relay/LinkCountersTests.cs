using System.Reflection;
using Aldis.Protocols.Relay;

namespace Aldis.Protocols.Tests.Relay;

/// <summary>What relays have done together.</summary>
public sealed class LinkCountersTests
{
    [Fact]
    public void Every_count_of_two_is_their_sum()
    {
        PropertyInfo[] counts = [.. typeof(LinkCounters).GetProperties().Where(static property => property.PropertyType == typeof(long))];
        Assert.True(counts.Length >= 19, "Counts are missing.");
        var one = new LinkCounters();
        var other = new LinkCounters();
        for (int index = 0; index < counts.Length; index++)
        {
            counts[index].SetValue(one, index + 1L);
            counts[index].SetValue(other, 100L * (index + 1));
        }

        LinkCounters sum = one.Plus(other);
        Assert.All(counts.Select(static (property, index) => (property, index)), each =>
            Assert.Equal(101L * (each.index + 1), each.property.GetValue(sum)));
    }
}
