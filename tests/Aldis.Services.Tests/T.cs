namespace Aldis.Services.Tests;

public sealed class T
{
    [Fact]
    public void One_is_one() => Assert.Equal(1, 1);
}
