using System.Globalization;
using Aldis.Postgres.Reading;

namespace Aldis.Postgres.Tests.Reading;

public sealed class StorePlacesTests
{
    [Fact]
    public void A_client_is_read_behind_what_was_read_and_up_to_what_its_row_says()
    {
        var places = new StorePlaces();
        places.Begin("pump", 3);
        Assert.Equal("pump 4-5, valve 1-1", Ahead(places, ("pump", 5), ("valve", 1), ("idle", 0)));
        places.Arrive(["pump", "valve"], [5, 1], TimeSpan.Zero);
        Assert.Empty(Ahead(places, ("pump", 5), ("valve", 1)));
    }

    [Fact]
    public void A_client_that_was_forgotten_is_read_from_its_new_beginning()
    {
        var places = new StorePlaces();
        places.Begin("pump", 9);
        Assert.Empty(Ahead(places, ("pump", 0)));
        Assert.Equal("pump 1-2", Ahead(places, ("pump", 2)));
    }

    [Fact]
    public void What_was_taken_before_the_connection_broke_is_not_taken_again()
    {
        var places = new StorePlaces();
        places.Begin("pump", 0);
        Assert.True(places.Take("pump", 1, TimeSpan.Zero));
        Assert.Equal("pump 1-2", Ahead(places, ("pump", 2)));
        Assert.False(places.Take("pump", 1, TimeSpan.Zero));
        Assert.True(places.Take("pump", 2, TimeSpan.Zero));
    }

    [Fact]
    public void A_number_of_the_plain_form_that_is_visible_later_is_not_missed()
    {
        var places = new StorePlaces();
        places.Begin("@a", 10);
        Assert.True(places.Take("@a", 11, TimeSpan.Zero));
        Assert.True(places.Take("@a", 13, TimeSpan.Zero));
        places.Arrive(["@a"], [long.MaxValue], TimeSpan.Zero);
        Assert.Equal("@a 12-9223372036854775807", Ahead(places));
        Assert.False(places.Take("@a", 13, TimeSpan.Zero));
        Assert.True(places.Take("@a", 12, TimeSpan.Zero));
        places.Arrive(["@a"], [long.MaxValue], TimeSpan.Zero);
        Assert.Equal("@a 14-9223372036854775807", Ahead(places));
    }

    [Fact]
    public void A_number_of_the_plain_form_that_never_comes_is_waited_for_as_long_as_a_statement_may_take()
    {
        var places = new StorePlaces();
        places.Expect("@a");
        Assert.True(places.Take("@a", 1 << 20, TimeSpan.Zero));
        places.Arrive(["@a"], [long.MaxValue], Lanes.Patience);
        Assert.Equal("@a 1-9223372036854775807", Ahead(places));
        places.Arrive(["@a"], [long.MaxValue], Lanes.Patience * 2);
        Assert.Equal("@a 1048577-9223372036854775807", Ahead(places));
    }

    private static string Ahead(StorePlaces places, params (string Client, long Last)[] lasts)
    {
        (string[] senders, long[] after, long[] until) = places.Ahead(lasts);
        return string.Join(", ", senders.Select((sender, place) => string.Create(CultureInfo.InvariantCulture, $"{sender} {after[place] + 1}-{until[place]}")));
    }
}
