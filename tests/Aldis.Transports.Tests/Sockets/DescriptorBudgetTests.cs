using Aldis.Transports.Sockets;

namespace Aldis.Transports.Tests.Sockets;

public sealed class DescriptorBudgetTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(1024)]
    [InlineData(20_000)]
    [InlineData(1_048_576)]
    [InlineData(int.MaxValue)]
    public void The_shares_and_the_reserve_are_never_more_than_the_limit(int limit)
    {
        var budget = DescriptorBudget.Of(limit);

        Assert.InRange(budget.Connections, 0, limit);
        Assert.InRange(budget.Files, 0, limit);
        Assert.InRange((long)budget.Connections + budget.Files, 0, Math.Max(0L, limit - DescriptorBudget.Reserved));
    }

    [Theory]
    [InlineData(1024, 720, 240)]
    [InlineData(4096, 3024, 1008)]
    [InlineData(20_000, 15_840, 4096)]
    public void Files_have_a_quarter_and_no_more_than_4096(int limit, int connections, int files) =>
        Assert.Equal(new DescriptorBudget(connections, files), DescriptorBudget.Of(limit));

    [Theory]
    [InlineData(700, 0, 700)]
    [InlineData(900, 200, 700)]
    [InlineData(900, 1000, 660)]
    public void The_descriptors_of_files_are_not_the_connections(long descriptor, int files, long number) =>
        Assert.Equal(number, DescriptorBudget.Of(1024).NumberOf(descriptor, files));

    [Fact]
    public void What_is_open_already_is_no_room_for_connections()
    {
        Assert.Equal(520, DescriptorBudget.Of(1024).RoomForConnections(inUse: 200));
        Assert.Equal(0, DescriptorBudget.Of(1024).RoomForConnections(inUse: 1000));
    }
}
