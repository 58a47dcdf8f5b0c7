using Aldis.Cli.Verbs.Send;
using Aldis.Services.Messages;

namespace Aldis.Cli.Tests.Verbs;

public sealed class RetryNewsTests
{
    private readonly RetryNews _news = new();

    [Fact]
    public void The_first_try_is_told_and_the_others_are_a_number_when_it_is_over()
    {
        Assert.True(_news.IsNews(MessagesClientEventKind.Reconnecting));
        for (int again = 0; again < 11; again++)
        {
            Assert.False(_news.IsNews(MessagesClientEventKind.Reconnecting));
        }

        Assert.Equal("connected again after 12 tries", _news.Connected());
        Assert.Null(_news.Acknowledged());
        Assert.True(_news.IsNews(MessagesClientEventKind.Reconnecting));
    }

    [Fact]
    public void One_try_needs_no_number()
    {
        Assert.True(_news.IsNews(MessagesClientEventKind.Reconnecting));
        Assert.Null(_news.Connected());
    }

    [Fact]
    public void A_server_that_takes_nothing_is_told_once_however_often_it_is_connected_to()
    {
        Assert.True(_news.IsNews(MessagesClientEventKind.Delayed));
        Assert.Null(_news.Connected());
        Assert.False(_news.IsNews(MessagesClientEventKind.Reconnecting));
        Assert.Null(_news.Connected());
        Assert.False(_news.IsNews(MessagesClientEventKind.Delayed));
        Assert.Equal("it goes on after 3 tries", _news.Acknowledged());
        Assert.True(_news.IsNews(MessagesClientEventKind.Delayed));
    }

    [Fact]
    public void Another_reason_is_news()
    {
        Assert.True(_news.IsNews(MessagesClientEventKind.Reconnecting));
        Assert.True(_news.IsNews(MessagesClientEventKind.Delayed));
        Assert.Equal("ended after 2 tries", _news.GivenUp());
    }
}
